/** System users, passwd(5). */

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** First part of the comment field; `&` in it stands for the name. */
  readonly fullName: string;
  readonly home: string;
  readonly shell: string;
}

/** Entries of a passwd file; lines of another form are left out. */
export function parsePasswd(text: string): readonly PasswdEntry[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uid, gid, comment, home, shell] = line.split(":");
    if (name === undefined || name === "" || line.startsWith("#") || shell === undefined) return [];
    if (!/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) return [];
    const fullName = (comment ?? "").split(",", 1)[0]!.replaceAll("&", name[0]!.toUpperCase() + name.slice(1));
    return [{ name, uid: Number(uid), gid: Number(gid), fullName, home: home ?? "", shell }];
  });
}
