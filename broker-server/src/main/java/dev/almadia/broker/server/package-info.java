// SPDX-License-Identifier: Apache-2.0
/** The broker as a process: its parts and their life. */
@NullMarked
package dev.almadia.broker.server;

import org.jspecify.annotations.NullMarked;
