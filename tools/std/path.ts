/** `@std/path`, from the copy of the standard library that npm carries. */

import * as path from "deno-std/path/mod.js";

interface Path {
  basename(path: string, suffix?: string): string;
  dirname(path: string): string;
  extname(path: string): string;
  fromFileUrl(url: string | URL): string;
  isAbsolute(path: string): boolean;
  join(...paths: string[]): string;
  normalize(path: string): string;
  relative(from: string, to: string): string;
  resolve(...paths: string[]): string;
  toFileUrl(path: string): URL;
}

export const {
  basename,
  dirname,
  extname,
  fromFileUrl,
  isAbsolute,
  join,
  normalize,
  relative,
  resolve,
  toFileUrl,
} = path as unknown as Path;
