// SPDX-License-Identifier: Apache-2.0
/** The almadia command. */
@NullMarked
package dev.almadia.cli;

import org.jspecify.annotations.NullMarked;
