/** The names and networks above a name or an address, as keys of tables. */

/**
 * What stands behind each dot, down to the top level.
 *
 *     bareParents("a.example.test")  ->  ["example.test", "test"]
 */
export function bareParents(name: string): readonly string[] {
  return dottedParents(name).map((parent) => parent.slice(1));
}

/**
 *     dottedParents("a.example.test")  ->  [".example.test", ".test"]
 */
export function dottedParents(name: string): readonly string[] {
  const parents: string[] = [];
  for (let dot = name.indexOf(".", 1); dot > 0; dot = name.indexOf(".", dot + 1)) {
    parents.push(name.slice(dot));
  }
  return parents;
}

/**
 * The networks of an address as access(5) writes them, cut at the last dot, or at the last colon for IPv6.
 *
 *     networksAbove("192.0.2.1")    ->  ["192.0.2", "192.0", "192"]
 *     networksAbove("2001:db8::1")  ->  ["2001:db8:", "2001:db8", "2001"]
 */
export function networksAbove(address: string): readonly string[] {
  const separator = address.includes(":") ? ":" : ".";
  const networks: string[] = [];
  for (let at = address.lastIndexOf(separator); at > 0; at = address.lastIndexOf(separator, at - 1)) {
    networks.push(address.slice(0, at));
  }
  return networks;
}

/** The same with those that end in a dot, as tutorials write them: `192.0.2`, `192.0.2.`, `192.0`, `192.0.`, ... */
export function networksAboveEitherWay(address: string): readonly string[] {
  const networks = networksAbove(address);
  return address.includes(":") ? networks : networks.flatMap((network) => [network, `${network}.`]);
}
