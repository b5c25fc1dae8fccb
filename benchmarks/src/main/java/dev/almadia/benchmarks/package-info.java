// SPDX-License-Identifier: Apache-2.0
/** Micro-benchmarks of single parts; nothing here runs in the build. */
@NullMarked
package dev.almadia.benchmarks;

import org.jspecify.annotations.NullMarked;
