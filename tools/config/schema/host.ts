/** Settings: what this machine is called, which addresses and domains are its own. */

import { isValidDomain } from "../../kit/mail/domain.ts";

import type { Facts, OtherSettings } from "../parameter.ts";
import { choice, list, path, text } from "../kinds.ts";
import { domains, networks } from "../list_kinds.ts";
import { splitList } from "../list.ts";
import { ownNetworks } from "../own_networks.ts";

export const hostParameters = {
  mail_name: text({
    default: "mailsrv",
    doc: "The name of the mail system in the greeting, in Received: lines and in bounces.",
    origin: "postconf(5)",
  }),
  mail_version: text({
    default: ({ version }) => version,
    defaultText: "the version of this program",
    doc: "The version, for values that want to tell it.",
    origin: "postconf(5)",
  }),
  compatibility_level: text({
    default: "3.6",
    check: (level) =>
      /^\d+(?:\.\d+){0,2}$/.test(level) ? undefined : `expected a level such as 3.6, not "${level}"`,
    doc: "Whose defaults main.cf means; here it is only told to policy services.",
    origin: "postconf(5)",
  }),
  myhostname: text({
    default: computeMyhostname,
    check: checkDomain,
    defaultText: "the machine's name; with .$mydomain when it has no dot",
    doc:
      "The name of this server on the Internet. Should be a full name that resolves to this machine's address.",
    origin: "postconf(5)",
  }),
  mydomain: text({
    default: computeMydomain,
    check: checkDomain,
    defaultText: "$myhostname without its first label, else localdomain",
    doc: "The domain of this server.",
    origin: "postconf(5)",
  }),
  myorigin: text({
    default: "$myhostname",
    fromFile: true,
    check: checkDomain,
    doc:
      "The domain that is put behind addresses without one. A value that begins with / names a file whose " +
      "first line is the domain (Debian's /etc/mailname).",
    origin: "postconf(5)",
  }),
  mydestination: domains({
    default: "$myhostname, localhost.$mydomain, localhost",
    doc:
      "Domains whose mail is delivered here, to local users and aliases. Names match exactly, never subdomains. " +
      "Also type:name tables, /file of more items, and ! before an item for an exception.",
    origin: "postconf(5)",
  }),
  mynetworks_style: choice(["host", "subnet", "class"], {
    default: "host",
    doc: "How mynetworks is made when it is not set: this machine only, its subnets, or its address classes.",
    origin: "postconf(5)",
  }),
  mynetworks: networks({
    default: computeMynetworks,
    defaultText: "made from mynetworks_style and inet_interfaces",
    doc: "Clients that may send mail anywhere without a login: addresses, NET/BITS, [IPv6]/BITS, names. " +
      "Behind a proxy or a container's port forwarding all the world looks like one near address: leave it empty there.",
    origin: "postconf(5)",
  }),
  relay_domains: domains({
    default: [],
    doc: "Domains (and their subdomains) that this server takes mail for and passes on.",
    origin: "postconf(5)",
  }),
  proxy_interfaces: list({
    default: [],
    doc: "Addresses under which this server is reached through a proxy or NAT: they count as its own.",
    origin: "postconf(5)",
  }),
  inet_interfaces: list({
    default: "all",
    doc: "Addresses that belong to this server and that a listener without an address is opened on: all, " +
      "loopback-only, or addresses. Needs a restart.",
    origin: "postconf(5)",
  }),
  inet_protocols: list({
    default: "all",
    words: ["all", "ipv4", "ipv6"],
    doc: "Families of addresses that mail is sent to.",
    origin: "postconf(5)",
  }),
  data_directory: path({
    default: ".",
    doc:
      "The directory of everything that the server keeps. A relative name, here and in every other setting, " +
      "is meant from the directory of the settings file.",
    origin: "postconf(5)",
  }),
};

function computeMyhostname(facts: Facts, others: OtherSettings): string {
  // A container may have any name; what is no domain must not keep the server from starting.
  const name = isValidDomain(facts.hostname) ? facts.hostname : "localhost";
  if (name.includes(".")) return name;
  const domain = others.isSet("mydomain") ? others.text("mydomain") : "localdomain";
  return `${name}.${domain}`;
}

function computeMydomain(_facts: Facts, others: OtherSettings): string {
  const host = others.text("myhostname");
  const dot = host.indexOf(".");
  return dot < 0 || dot === host.length - 1 ? "localdomain" : host.slice(dot + 1);
}

function computeMynetworks(facts: Facts, others: OtherSettings): readonly string[] {
  return ownNetworks(facts.interfaces, {
    style: others.text("mynetworks_style"),
    interfaces: splitList(others.text("inet_interfaces")) ?? [],
  });
}

function checkDomain(name: string): string | undefined {
  return isValidDomain(name) ? undefined : `"${name}" is not a domain`;
}
