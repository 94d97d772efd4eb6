/** Exit codes of all commands, by sysexits(3), as sendmail(1) and doveadm(1) use them. */
export const exitCode = {
  ok: 0,
  /** The question was answered with no: a key not found, a problem found by a check. */
  no: 1,
  usage: 64,
  dataError: 65,
  noInput: 66,
  noUser: 67,
  unavailable: 69,
  software: 70,
  osError: 71,
  cannotCreate: 73,
  ioError: 74,
  tempFail: 75,
  noPermission: 77,
  config: 78,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
