// SPDX-License-Identifier: Apache-2.0
/** The broker. */
@NullMarked
package dev.almadia.broker;

import org.jspecify.annotations.NullMarked;
