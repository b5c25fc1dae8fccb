// SPDX-License-Identifier: Apache-2.0
/** Metrics of the client through Micrometer, for programs that have it. */
@NullMarked
package dev.almadia.client.micrometer;

import org.jspecify.annotations.NullMarked;
