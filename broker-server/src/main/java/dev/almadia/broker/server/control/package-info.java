// SPDX-License-Identifier: Apache-2.0
/** Topics, cluster, health, replicas: everything but records. */
@NullMarked
package dev.almadia.broker.server.control;

import org.jspecify.annotations.NullMarked;
