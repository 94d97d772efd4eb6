/**
 * The format of a constant database, cdb(5), by D. J. Bernstein; what tinycdb, Postfix and others read and write.
 * All numbers are unsigned, 32 bits, little-endian; so a file has at most 4 GB.
 *
 * | octets        | what                                                                              |
 * |---------------|-----------------------------------------------------------------------------------|
 * | 0 .. 2047     | 256 pointers: position of a hash table, its number of slots                       |
 * | 2048 ..       | records: key length, value length, key, value; one after the other                |
 * | after them    | 256 hash tables: slots of (hash of the key, position of the record; 0: slot free) |
 *
 * A key with hash h is in table h mod 256, from slot (h / 256) mod slots on, the next slot after a taken one, up to a
 * free one.
 *
 * Ours have a trailer behind the hash tables, where other programs do not look: one number for each slot in order, the
 * line of the source file that the record was made from; and 16 octets `mailsrv lines 1\n`.
 */

export const headerOctets = 2048;
export const tableCount = 256;
export const slotOctets = 8;
export const maxCdbOctets = 0xffff_ffff;

export const lineTrailerMark = "mailsrv lines 1\n";

/** The hash of a key: h = h * 33 xor octet, from 5381. */
export function cdbHash(key: Uint8Array): number {
  let hash = 5381;
  for (let index = 0; index < key.length; index++) hash = (((hash << 5) + hash) ^ key[index]!) | 0;
  return hash >>> 0;
}
