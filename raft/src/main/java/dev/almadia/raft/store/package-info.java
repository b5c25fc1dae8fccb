// Copyright The Almadia Authors
// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.almadia.raft.store;

import org.jspecify.annotations.NullMarked;
