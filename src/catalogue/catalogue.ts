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

/** A sensor that looop brings along, to be added to a profile by name. */
export interface CatalogueSensor {
  name: string;
  /** Its file name; another name keeps the extension. */
  file: string;
  /** The whole file, with settings that only stand for those to come. */
  text: string;
  /** What it looks at, in one line of at most 60 characters. */
  about: string;
  /** Every setting by key, besides `interval`, which each sensor has. */
  settings: Readonly<Record<string, SensorSetting>>;
}

/** Seconds for which a reading is kept: every sensor has that in its header. */
const interval: SensorSetting = {
  about: "seconds for which a reading is kept",
  constant: false,
  parse: whole(5, 604_800),
  header: (value) => ["interval", String(value)],
};

const tokenIn = (fallback: string): SensorSetting => ({
  about: `environment variable with the key (${fallback})`,
  parse: variable,
  header: (value) => ["allow-env", String(value)],
});

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
      watch_output: {
        about: "yes: other output wakes, too (no)",
        parse: oneOf("yes", "no"),
      },
      env: {
        about: "environment variables it gets beyond the usual",
        constant: false,
        parse: list(variable),
        header: (value) => ["env", String(value)],
      },
      trust: {
        about: "trusted: no stranger writes what it prints (untrusted)",
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
    about: "repositories: ahead, behind, dirty, stale branches",
    settings: {
      repositories: {
        about: "directories, with commas between",
        required: true,
        parse: list(dir),
      },
      stale_days: { about: "days until a branch is stale (30)", parse: whole(1, 36_500) },
      untracked: { about: "no: unknown files do not count (yes)", parse: oneOf("yes", "no") },
      interval,
    },
  },
  {
    name: "github",
    file: "github.sh",
    text: github,
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
        about: "addresses, with commas between",
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
