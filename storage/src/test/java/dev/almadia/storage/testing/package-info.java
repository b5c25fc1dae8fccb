// SPDX-License-Identifier: Apache-2.0
/** The contract of a log store as random work beside a plain model; for every store there is. */
package dev.almadia.storage.testing;
