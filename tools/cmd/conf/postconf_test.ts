/** `conf` beside the postconf(1) of this machine, where there is one. */

import { assertEquals } from "@std/assert";

import { utf8Text } from "../../kit/base/bytes.ts";

import { realDisk } from "../../../store/file/real_disk.ts";

import { conf } from "./testing_conf.ts";

const main = `# comment
   # and one with a blank
compatibility_level = 3.6
myhostname = mx.example.com
mail_name = Name
a_user = one
b_user = \${a_user?{yes $a_user}:{no}}
smtpd_banner = $b_user
   # comment inside
\tand $$5

   \${nothing?x}\${nothing:y} $(a_user)
relayhost = \${{$compatibility_level} >=level {3.5} ? {new} : {old}}
mydestination = \${{2} < {10} ? {num} : {str}} \${{a2} < {a10} ? {lt} : {ge}}
default_transport = \${{a} == {a}}|\${{a} != {a}}| \${{3.10} >level {3.9}?{y}:{n}} \${{007}=={7}?{y}:{n}}
relay_transport = \${a_user? y} \${a_user?  {  y z } } \${ a_user } x\${a_user:z}x \${a_user?{$a_user}:{q}} \${undefined_x}
relay_domains = a.example,
    b.example
relay_domains = c.example
home_mailbox=Maildir/   
mail_spool_directory =
queue_run_delay = 5m
default_rbl_reply = $rbl_code x
maximal_queue_lifetime = \${x_y?{\${a_user}}:{\${{a} == {b} ? {1d} : {2d}}}}
smtpd_client_restrictions = $smtpd_banner # data
alias_maps =
luser_relay = $user@$mydomain
`;
const master = `smtp inet n - y - - smtpd
  -o smtpd_banner=$b_user -o { relayhost = $myhostname x }
# comment
  -v
127.0.0.1:10025 inet n - n 1? 2 smtpd
relay unix - - n - - smtp -o syslog_name=postfix/$service_name
uucp unix - n n - - pipe
  flags=Fqhu user=uucp argv=uux -r -n -z -a$sender - $nexthop!rmail ($recipient) and more of it and more
`;

const shown: readonly string[] = [
  ...[
    "-n",
    "-nx",
    "-nh",
    "-nH",
    "-C user",
    "-hx mydestination",
    "-h a_user none relayhost",
    "-o relayhost=$mydomain -x relayhost",
  ],
  ...[
    "-d relayhost smtpd_timeout smtp_tls_key_file",
    "-dx append_dot_mydomain smtpd_timeout lmtp_tls_key_file",
  ],
  ...[
    "-M",
    "-Mf",
    "-Mx",
    "-M smtp/inet relay/unix",
    "-F",
    "-F smtp",
    "-P",
    "-Px",
    "-Ph",
    "-PH",
    "-F uucp/unix/command",
  ],
];

const changes: readonly (readonly string[])[] = [
  ["-e", "relayhost=zz", "smtpd_banner=new"],
  ["relay_domains=q"],
  ["-#", "relay_domains", "smtpd_banner"],
  ["-X", "smtpd_banner", "a_user"],
  ["-e", "new_one = 5", "relay_transport="],
  ["-e", "  relayhost =  x  y "],
];

const masterChanges: readonly (readonly string[])[] = [
  ["-Me", "smtp/inet=smtp inet n - n - 5 smtpd -o a=b -o { c = d e }"],
  ["-Me", "new/unix=new unix n - n - 5 smtp -v"],
  ["-M", "smtp/inet=smtp inet n - n - - smtpd"],
  ["-M#", "smtp/inet"],
  ["-MX", "smtp/inet", "none/inet"],
  ["-M#", "relay/unix"],
  ["-Fe", "smtp/inet/chroot=n"],
  ["-Fe", "*/*/chroot=n"],
  ["-Fe", "smtp/inet/command=smtpd -v"],
  ["-Fe", "smtp/inet/process_limit=7", "relay/unix/service=relay2"],
  ["-Pe", "smtp/inet/smtpd_banner=q", "smtp/inet/new_one=1"],
  ["-Pe", "uucp/unix/new_one=1", "relay/unix/new_one=2"],
  ["-PX", "smtp/inet/smtpd_banner", "relay/unix/nosuch"],
];

async function postconf(args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("postconf", { args: [...args], stderr: "null" }).output();
    return utf8Text(stdout);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

Deno.test("conf shows and changes what postconf shows and changes (postconf(1))", async () => {
  if (await postconf(["-d", "mail_version"]) === undefined) {
    console.log("there is no postconf on this machine to compare with");
    return;
  }
  const directory = await Deno.makeTempDir();
  try {
    const write = () => Deno.writeTextFile(`${directory}/main.cf`, main);
    await write();
    await Deno.writeTextFile(`${directory}/master.cf`, master);
    for (const args of shown.map((row) => ["-c", directory, ...row.split(" ")])) {
      const theirs = (await postconf(args))!.replace(/^config_directory(?: =.*)?\n|^\/.*\n/m, "");
      assertEquals((await conf(realDisk, ...args)).out, theirs, args.join(" "));
    }
    for (const args of changes.map((row) => ["-c", directory, ...row])) {
      await postconf(args);
      const theirs = await Deno.readTextFile(`${directory}/main.cf`);
      await write();
      await conf(realDisk, ...args);
      assertEquals(await Deno.readTextFile(`${directory}/main.cf`), theirs, args.join(" "));
      await write();
    }
    const writeMaster = () => Deno.writeTextFile(`${directory}/master.cf`, master);
    for (const args of masterChanges.map((row) => ["-c", directory, ...row])) {
      await postconf(args);
      const theirs = await Deno.readTextFile(`${directory}/master.cf`);
      await writeMaster();
      await conf(realDisk, ...args);
      assertEquals(await Deno.readTextFile(`${directory}/master.cf`), theirs, args.join(" "));
      await writeMaster();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
