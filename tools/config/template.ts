/** What a first start writes: the settings file and the aliases file, with the reasons in comments. */

export interface TemplateOptions {
  /** The name of this server; `localhost` for a trial. */
  readonly hostname: string;
  /** The first account's user name: postmaster's mail goes there. */
  readonly firstAccount: string;
  /** Ports of a first start need no rights. Default: those of `trialPorts`. */
  readonly ports?: Ports;
  /** Names of certificate and key when there are some, relative to the settings file. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
}

export interface Ports {
  readonly smtp: number;
  readonly submission: number;
  readonly submissions: number;
  readonly pop3: number;
  readonly pop3s: number;
  readonly imap: number;
  readonly imaps: number;
}

/** The usual ports with 2 in front (or added), which any user may open. */
export const trialPorts: Ports = {
  smtp: 2525,
  submission: 2587,
  submissions: 2465,
  pop3: 2110,
  pop3s: 2995,
  imap: 2143,
  imaps: 2993,
};

/** The text of mailsrv.toml. */
export function settingsTemplate(options: TemplateOptions): string {
  const ports = options.ports ?? trialPorts;
  const at = (port: number) => `["127.0.0.1:${port}"]`;
  return `# Settings of mailsrv. "mailsrv help settings" tells all of them with their defaults; what is not written here
# has its default. Names are Postfix's where Postfix has one. "$name" stands for another setting's value.
# Relative file names are meant from the directory of this file. "mailsrv conf -n" shows what it comes to, or what is
# wrong with it; "mailsrv reload" makes a running server read it again.

# ---- This server

# The name that others know this server by. For mail from the Internet: the full name, such as "mail.example.com".
myhostname = ${quote(options.hostname)}

# Mail for these domains is delivered here: ${options.firstAccount}@localhost is local.
# For a domain of your own add it: ["example.com", "$myhostname", "localhost.$mydomain", "localhost"]
mydestination = ["$myhostname", "localhost.$mydomain", "localhost"]

# Clients that may send mail to other servers without a login. Nobody: people log in to send elsewhere. A proxy, a
# container or a port forwarding in front of this server would make everybody look local, and with addresses here
# all the world could send its mail through it.
mynetworks = []

# ---- Where it listens (empty: off). The usual ports are 25, 587, 465, 110, 995, 143 and 993; they need more rights.
# 127.0.0.1 is reached from this machine only. All addresses: "[::]:25", or "0.0.0.0:25" without IPv6.

listen_smtp        = ${at(ports.smtp)}
listen_submission  = ${at(ports.submission)}
listen_submissions = ${at(ports.submissions)}
listen_pop3        = ${at(ports.pop3)}
listen_pop3s       = ${at(ports.pop3s)}
listen_imap        = ${at(ports.imap)}
listen_imaps       = ${at(ports.imaps)}

# ---- TLS

${tlsLines(options.tls)}
# ---- Users and their mail

# Who may log in: "mailsrv user add NAME" writes it.
passwd_file = "users"

# The home of each user (%u), and the mail in it.
mail_home = "mail/%u"
mail_location = "maildir:~/Maildir"

# Other names for people: after a change run "mailsrv alias build".
alias_maps = ["hash:aliases"]

# user+anything is mail for user.
recipient_delimiter = "+"

# ---- The queue and the server itself

queue_directory = "queue"
control_socket = "control.sock"

# The largest message taken.
message_size_limit = 10240000

# The log goes to standard error, in the form of Postfix's ("postfix", "text" or "json").
log_form = "postfix"
`;
}

function tlsLines(tls: TemplateOptions["tls"]): string {
  if (tls !== undefined) {
    return `smtpd_tls_cert_file = ${quote(tls.certificate)}\nsmtpd_tls_key_file = ${quote(tls.key)}\n`;
  }
  return `# smtpd_tls_cert_file = "tls/certificate.pem"\n# smtpd_tls_key_file = "tls/key.pem"\n`;
}

/** The text of the aliases file. */
export function aliasesTemplate(firstAccount: string): string {
  return `# Aliases: other names for local users. "name: user" or "name: user, someone@example.com"; after a change run
# "mailsrv alias build" (or newaliases). RFC 5321 §4.5.1 wants mail for postmaster to reach a person.

postmaster: ${firstAccount}
mailer-daemon: postmaster
abuse: postmaster
root: postmaster
`;
}

/** A TOML basic string. */
function quote(text: string): string {
  return JSON.stringify(text);
}
