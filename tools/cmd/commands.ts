/** All commands, in the order in which help lists them. */

import { aliasAddCommand, aliasBuildCommand, aliasDeleteCommand, aliasQueryCommand } from "./alias.ts";
import type { Command } from "./command.ts";
import { checkCommand } from "./check.ts";
import { confImportCommand } from "./conf/import.ts";
import { confCommand } from "./conf.ts";
import { explainCommand } from "./explain/explain.ts";
import { helpCommand } from "./help.ts";
import { mapAddCommand, mapBuildCommand, mapDeleteCommand, mapTypesCommand } from "./map.ts";
import { mapDumpCommand, mapQueryCommand } from "./map_query.ts";
import {
  queueDeleteCommand,
  queueExpireCommand,
  queueHoldCommand,
  queueReleaseCommand,
  queueRequeueCommand,
} from "./queue/change.ts";
import { queueFlushCommand } from "./queue/flush.ts";
import { queueListCommand } from "./queue/list.ts";
import { queueShowCommand } from "./queue/show.ts";
import { sendCommand } from "./send/send.ts";
import { serveCommand } from "./serve.ts";
import { reloadCommand, statusCommand, stopCommand } from "./status.ts";
import { userAddCommand, userDeleteCommand, userListCommand, userPasswdCommand } from "./user.ts";
import { versionCommand } from "./version.ts";

export const commands: readonly Command[] = [
  serveCommand,
  statusCommand,
  reloadCommand,
  stopCommand,
  sendCommand,
  explainCommand,
  queueListCommand,
  queueShowCommand,
  queueFlushCommand,
  queueDeleteCommand,
  queueHoldCommand,
  queueReleaseCommand,
  queueRequeueCommand,
  queueExpireCommand,
  userAddCommand,
  userListCommand,
  userPasswdCommand,
  userDeleteCommand,
  aliasBuildCommand,
  aliasQueryCommand,
  aliasAddCommand,
  aliasDeleteCommand,
  mapBuildCommand,
  mapQueryCommand,
  mapDumpCommand,
  mapAddCommand,
  mapDeleteCommand,
  mapTypesCommand,
  checkCommand,
  confCommand,
  confImportCommand,
  helpCommand(() => commands),
  versionCommand,
];
