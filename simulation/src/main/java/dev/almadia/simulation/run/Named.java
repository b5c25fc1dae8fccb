// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

/**
 * Something that can be chosen on the command line.
 *
 * @param name one word in small letters, without commas
 * @param text what it is; one line
 */
public record Named(String name, String text) {}
