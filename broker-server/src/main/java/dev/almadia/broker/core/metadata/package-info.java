// SPDX-License-Identifier: Apache-2.0
/** The cluster's metadata: image, commands, and what applying one does. Pure. */
@NullMarked
package dev.almadia.broker.core.metadata;

import org.jspecify.annotations.NullMarked;
