/** Octets that mean nothing, the same in every run. */
export function binaryJunk(octets: number): string {
  let state = 12345;
  return Array.from({ length: octets }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return String.fromCharCode(state >>> 24);
  }).join("");
}
