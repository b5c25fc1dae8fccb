// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import org.jspecify.annotations.Nullable;

/**
 * What applying a metadata command gave; the same on every broker.
 *
 * @param error null if the command changed the image, else why it did not
 * @param image the image after the command
 */
public record MetadataResult(@Nullable BrokerError error, MetadataImage image) {}
