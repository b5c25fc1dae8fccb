// SPDX-License-Identifier: Apache-2.0
/** What an operator can set: typed, with defaults, checked before anything starts. */
@NullMarked
package dev.almadia.broker.server.config;

import org.jspecify.annotations.NullMarked;
