// SPDX-License-Identifier: Apache-2.0
/**
 * The disk of a simulated machine, and the log store on it.
 *
 * <p>{@link dev.almadia.simulation.disk.SimDisk} is the machine's disk and outlives processes;
 * {@link dev.almadia.simulation.disk.SimLogStore} is what one process has of it. It keeps the
 * contract of {@link dev.almadia.raft.store.LogStore} and promises nothing beyond what the real
 * store keeps, so that a broker that is right on it is right on a real disk:
 *
 * <ul>
 *   <li>end of the process: every round whose write returned is there; one that was being written
 *       is there as a whole or not at all, synced or not
 *   <li>power loss: of the rounds that were not synced the first ones stay, none to all of them
 *   <li>failed write: the process must stop; the round may be there at the next start or not
 *   <li>failed sync: as before, and if it is not there, rounds before it that were never synced may
 *       be gone too, even without a power loss
 *   <li>full: the free bytes fall at once; what does not fit fails, and so does a start
 *   <li>flipped bit: reads of the rows in that block give CORRUPT. A start reads the last entry,
 *       the first and last header, the headers that term runs and commit index need, and all
 *       entries behind the commit index; what it finds bad makes the group damaged. The rest is
 *       found when it is read
 *   <li>damaged write-ahead log: the store does not open until the disk is wiped
 *   <li>wipe: empty, under another incarnation, without a cluster id
 * </ul>
 *
 * <p>Not modelled: the loss of the very last synced rounds that the real store cannot notice (see
 * its README), a bit that is read from the page cache whole although the device has it wrong, a
 * block that holds rows of several groups, merges in the background that meet damage and stop the
 * writes, and reads that the device refuses.
 *
 * <p>That both stores do the same is tested: the same random rounds, with restarts, kills and power
 * losses, on both beside a plain model; the same rules refused by both; and real processes that are
 * killed before and after each durable step of a round leave only what the simulated disk may leave
 * too.
 */
@NullMarked
package dev.almadia.simulation.disk;

import org.jspecify.annotations.NullMarked;
