// SPDX-License-Identifier: Apache-2.0
/** gRPC servers, errors, forwarding. */
@NullMarked
package dev.almadia.broker.server.grpc;

import org.jspecify.annotations.NullMarked;
