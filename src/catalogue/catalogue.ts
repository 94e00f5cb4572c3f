/**
 * The sensors that ship with looop.
 *
 * - `catalogue.ts`: their list, with files and settings
 * - `settings.ts`: parsers of settings
 * - `render.ts`: the file of a sensor with its settings
 *
 * @module
 */

import command from "../../seeds/catalogue/command.sh" with { type: "text" };
import git from "../../seeds/catalogue/git.sh" with { type: "text" };
import github from "../../seeds/catalogue/github.sh" with { type: "text" };
import grafana from "../../seeds/catalogue/grafana.ts" with { type: "text" };
import http from "../../seeds/catalogue/http.ts" with { type: "text" };
import linear from "../../seeds/catalogue/linear.ts" with { type: "text" };
import { UserError } from "../schema/errors.ts";
import {
  address,
  dir,
  list,
  netOf,
  oneOf,
  type SensorSetting,
  text,
  variable,
  whole,
} from "./settings.ts";

/** A sensor that ships with looop, to be added to a profile by name. */
export interface CatalogueSensor {
  name: string;
  /** Its file name; another name keeps the extension. */
  file: string;
  /** The whole file, with placeholders for settings. */
  text: string;
  /** What it observes, in at most 60 characters. */
  about: string;
  /** A program that it runs, besides those of every system. */
  program?: string;
  /** Its settings by key. */
  settings: Readonly<Record<string, SensorSetting>>;
}

/** Seconds for which a reading is reused. */
const interval: SensorSetting = {
  about: "seconds for which a reading is reused",
  constant: false,
  parse: whole(5, 604_800),
  header: (value) => ["interval", String(value)],
};

const tokenIn = (fallback: string): SensorSetting => ({
  about: `environment variable with the key (${fallback})`,
  parse: variable,
  header: (value) => ["allow-env", String(value)],
});

const yesNo = oneOf("yes", "no");

/** The catalogue, by name. */
export const CATALOGUE: readonly CatalogueSensor[] = [
  {
    name: "command",
    file: "command.sh",
    text: command,
    about: "exit status, and output, of any command line",
    settings: {
      command: { about: "the command line, for bash", required: true, parse: text() },
      limit_s: { about: "seconds it may take (30)", parse: whole(1, 45) },
      watch_output: { about: "yes: changed output wakes the loop, too (no)", parse: yesNo },
      env: {
        about: "environment variables it gets in addition",
        constant: false,
        parse: list(variable),
        header: (value) => ["env", String(value)],
      },
      trust: {
        about: "trusted: its output has no untrusted input (untrusted)",
        constant: false,
        parse: oneOf("trusted", "untrusted"),
        header: (value) => ["trust", String(value)],
      },
      interval,
    },
  },
  {
    name: "git",
    file: "git.sh",
    text: git,
    program: "git",
    about: "repositories: ahead, behind, dirty, stale branches",
    settings: {
      repositories: {
        about: "directories, separated by commas",
        required: true,
        isPaths: true,
        parse: list(dir),
      },
      stale_days: { about: "days until a branch is stale (30)", parse: whole(1, 36_500) },
      untracked: { about: "no: ignore untracked files (yes)", parse: yesNo },
      fetch: {
        about: "yes: fetch, else behind is as of your own fetch (no)",
        parse: yesNo,
        // For keys in an agent.
        header: () => ["env", "SSH_AUTH_SOCK"],
      },
      interval,
    },
  },
  {
    name: "github",
    file: "github.sh",
    text: github,
    program: "gh",
    about: "by gh: reviews asked of you, failing checks, issues",
    settings: {
      watch: {
        about: "branches whose workflows to watch: owner/name@branch",
        parse: (given) => (list(watchedBranch, 10)(given) as string[]).join(" "),
      },
      interval,
    },
  },
  {
    name: "grafana",
    file: "grafana.ts",
    text: grafana,
    about: "alerts that fire, without the silenced ones",
    settings: {
      url: { about: "address of Grafana", required: true, parse: address, header: netOf },
      token_variable: tokenIn("GRAFANA_TOKEN"),
      alertmanager: { about: "uid of another Alertmanager (grafana)", parse: text(100) },
      labels: {
        about: "labels that tell alerts apart (grafana_folder,severity)",
        parse: list(text(100), 10),
      },
      interval,
    },
  },
  {
    name: "http",
    file: "http.ts",
    text: http,
    about: "web addresses: status, and fast, slow or down",
    settings: {
      urls: {
        about: "addresses, separated by commas",
        required: true,
        parse: list(address),
        header: netOf,
      },
      slow_ms: { about: "milliseconds from which it is slow (2000)", parse: whole(1, 9000) },
      interval,
    },
  },
  {
    name: "linear",
    file: "linear.ts",
    text: linear,
    about: "issues assigned to you in Linear",
    settings: {
      key_variable: tokenIn("LINEAR_API_KEY"),
      url: { about: "another address of its API", parse: address, header: netOf },
      interval,
    },
  },
];

function watchedBranch(given: string): string {
  if (/^[A-Za-z0-9_.][A-Za-z0-9_.-]*\/[A-Za-z0-9_.-]+(@[A-Za-z0-9_./-]+)?$/.test(given)) {
    return given;
  }
  throw new UserError("it must list owner/name or owner/name@branch");
}
