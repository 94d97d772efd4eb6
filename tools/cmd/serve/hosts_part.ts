/** The machine's own file of hosts, read anew when it has changed. */

import { utf8Text } from "../../kit/base/bytes.ts";
import { TempFailure } from "../../kit/base/failure.ts";

import type { Disk } from "../../../store/file/disk.ts";
import { WatchedFile } from "../../../store/table/watched_file.ts";

import type { Hosts } from "../../../mta/dns/hosts.ts";
import { noHosts, parseHosts } from "../../../mta/dns/hosts.ts";

const maxHostsOctets = 1 << 20;

/** The hosts that the machine knows by itself; without that file, none. */
export function watchHosts(disk: Disk): () => Promise<Hosts> {
  const path = "/etc/hosts";
  const file = new WatchedFile<Hosts>({
    disk,
    path,
    load: async () => parseHosts(utf8Text(await disk.readFile(path, maxHostsOctets))),
  });
  return async () => {
    try {
      return await file.use((hosts) => hosts);
    } catch (thrown) {
      if (!(thrown instanceof TempFailure)) throw thrown;
      return noHosts;
    }
  };
}
