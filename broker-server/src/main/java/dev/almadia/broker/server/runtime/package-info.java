// SPDX-License-Identifier: Apache-2.0
/** Threads, timers and lives of the parts; makes groups follow the metadata. */
@NullMarked
package dev.almadia.broker.server.runtime;

import org.jspecify.annotations.NullMarked;
