/** Whose mail is taken: the users of passwd_file, then, with system_users, those of the system. */

import { SystemUsers } from "../../kit/os/passwd.ts";

import { SystemMailUsers } from "../../../store/users/system_users.ts";
import type { Users } from "../../../store/users/users.ts";
import { UsersInOrder } from "../../../store/users/users_in_order.ts";

import type { Settings } from "../../config/schema.ts";

/** `settings` is asked each time: a reload may change it. */
export function mailUsers(virtual: Users, settings: () => Pick<Settings, "system_users">): Users {
  const system = [new SystemMailUsers(new SystemUsers())];
  return new UsersInOrder(virtual, () => settings().system_users ? system : []);
}
