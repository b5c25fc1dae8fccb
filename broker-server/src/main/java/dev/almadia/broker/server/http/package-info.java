// SPDX-License-Identifier: Apache-2.0
/** Metrics and health for machines. */
@NullMarked
package dev.almadia.broker.server.http;

import org.jspecify.annotations.NullMarked;
