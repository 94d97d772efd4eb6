/**
 * The block of addresses that counts as one client for limits: an IPv4 address is its own, an IPv6 client owns its
 * /64 at the least (RFC 6177 §2), so that it cannot pass by changing the low bits.
 */

/** `192.0.2.1` stays; `2001:db8:0:1::5` is `2001:db8:0:1::/64`. */
export function addressBlock(address: string): string {
  if (!address.includes(":")) return address;
  const [left = "", right] = address.split("%")[0]!.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  // A dotted tail stands for two groups (RFC 4291 §2.2).
  const groups = head.length + tail.length + (tail.at(-1)?.includes(".") === true ? 1 : 0);
  const zeros = right === undefined ? [] : new Array<string>(Math.max(0, 8 - groups)).fill("0");
  const network = [...head, ...zeros, ...tail].slice(0, 4).map((group) =>
    group.replace(/^0+(?=.)/, "").toLowerCase()
  );
  return `${network.join(":")}::/64`;
}
