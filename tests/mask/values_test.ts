import { assertEquals } from "@std/assert";
import { isCredential } from "../../src/mask/recognize.ts";
import { secretsOf, weakSecrets } from "../../src/mask/values.ts";

const basic = btoa("me:hunter22x");

/** A variable, its value, and what of it is secret. */
const VALUES: [name: string, value: string, secrets: string[]][] = [
  ["DBPASS", "hunter22x", ["hunter22x"]],
  ["PGPW", "hunter22x", ["hunter22x"]],
  ["BYPASS", "hunter22x", []],
  ["STRIPE_KEY_LIVE", "hunter22x", ["hunter22x"]],
  ["PUBLIC_KEY_LIVE", "hunter22x", []],
  // Addresses.
  ["A", "smtp://me@example.org:hunter22x@mail", ["hunter22x"]],
  ["A", "postgres://me:hun/ter22x@db", ["hun/ter22x"]],
  ["A", "postgres://me:hun%2Fter22x@db", ["hun%2Fter22x", "hun/ter22x"]],
  ["A", "postgres://me:p@ss22x@db/x?to=a@b", ["p@ss22x"]],
  ["A", "https://abcdef0123456789@sentry.example/1", ["abcdef0123456789"]],
  ["A", "https://deploy42user99:x-oauth-basic@github.com/o/r", ["deploy42user99"]],
  ["A", "https://git@github.com/o/r", []],
  ["A", "ssh://git@github.com:22/o/r", []],
  ["A", "http://host:8080/x@y", []],
  ["A", "http://user:password@host", []],
  ["A", "git@github.com:o/r.git", []],
  ["A", "me:hunter22x@tcp(db:3306)/x", ["hunter22x"]],
  // Fields.
  ["A", "jdbc:postgresql://db/x?user=u&password=hunter22x", ["hunter22x"]],
  ["A", "host=db password=hun&ter22x", ["hun&ter22x"]],
  ["A", `host=db password="hunter 22x"`, ["hunter 22x"]],
  ["A", "Server=db;Pwd=hun,ter22x;", ["hun,ter22x"]],
  ["A", "Server=db;User Password=hunter22x", ["hunter22x"]],
  ["A", "--user me --db-password hunter22x -v", ["hunter22x"]],
  ["A", "authorization=Bearer hunter22x", ["hunter22x"]],
  ["A", "password=${DB_PASSWORD}", []],
  ["A", "password=$DB_PASSWORD", []],
  ["A", "password=<your password>", []],
  ["A", "password_file=/run/secrets/db", []],
  ["A", "token_type=hunter22x&scope=hunter33x", []],
  ["LS_COLORS", "rs=0:di=01;34:ln=01;36", []],
  // JSON.
  ["A", `{"db":{"password":"hunter22x"},"port":5432}`, ["hunter22x"]],
  ["A", `{"tokens":["hunter22x","hunter33x"]}`, ["hunter22x", "hunter33x"]],
  ["A", `{"auths":{"r":{"auth":"${basic}"}}}`, [basic, "hunter22x"]],
  ["A", `{"pin":123456,"port":654321}`, ["123456"]],
  // Lists.
  ["API_KEYS", "hunter22x,hunter33x", ["hunter22x,hunter33x", "hunter22x", "hunter33x"]],
  ["BASIC_AUTH", "me:hunter22x", ["me:hunter22x", "hunter22x"]],
  ["PASSPHRASE", "correct horse", ["correct horse"]],
  // Forms.
  ["A", "ghp_0123456789abcdefghijABCDEFGHIJ", ["ghp_0123456789abcdefghijABCDEFGHIJ"]],
  ["A", "a kJ8dQ2mZp0Xr5TnV3bWc", ["kJ8dQ2mZp0Xr5TnV3bWc"]],
  ["GITHUB_SHA", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", []],
  ["PATH", "/usr/bin:/opt/kJ8dQ2mZp0Xr5TnV3bWc/bin", []],
];

for (const [name, value, secrets] of VALUES) {
  Deno.test(`secretsOf finds ${JSON.stringify(secrets)} in ${name}=${value}`, () => {
    const found = secretsOf({ [name]: value }, []).map(({ value }) => value);
    for (const secret of secrets) assertEquals(found.includes(secret), true, found.join(" "));
    if (secrets.length === 0) assertEquals(found, []);
  });
}

const PLAIN = "com.apple.Terminal.v440.1 octo/Repo2/.github/workflows/Build-V2.yml " +
  "/Users/Me1/Library/App9Support/Foo V8.Flags_JIT2_Optimize_Fast3 WindowsTerminal2024Preview " +
  "MyProjectName2024LongValueXy actions-runner-Linux-X64-2.311.0 x86_64-pc-linux-gnu " +
  "0f3e9a7c-1b2d-4c5e-8f90-123456789abc myapp-7d9f8b6c5-x2x4z ip-10-0-12-34.eu-west-1.compute " +
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 2026-11-29T02:00:00.000Z";
for (const text of PLAIN.split(" ")) {
  Deno.test(`isCredential takes ${text} for none`, () => assertEquals(isCredential(text), false));
}

const WEAK: [name: string, value: string, why: string | null][] = [
  ["MY_TOKEN", "failing", "is a common word"],
  ["MY_TOKEN", "Failing", "is a common word"],
  ["MY_TOKEN", "oauth2", null],
  ["MY_TOKEN", "disabled", null],
  ["MY_TOKEN", "rewor", null],
  ["MY_TOKEN", "orke", "is too short"],
  ["MY_TOKEN", "orker", "is a common word"],
  ["MY_TOKEN", "12345", "is too short"],
  ["MY_TOKEN", "123456", null],
  ["MY_TOKEN", "a1!", "is too short"],
  ["MY_TOKEN", "a1!b", null],
  ["MY_TOKEN", "****", "is too short"],
  ["MY_TOKEN", "", null],
  ["EDITOR", "editor", null],
];

for (const [name, value, why] of WEAK) {
  Deno.test(`weakSecrets says of ${name}=${value}: ${why ?? "nothing"}`, () => {
    const weak = weakSecrets({ [name]: value }, []);
    assertEquals(weak, why === null ? [] : [{ name, why, masked: false }]);
    const isSecret = secretsOf({ [name]: value }, []).length > 0;
    if (why !== null) assertEquals(isSecret, false);
  });
}

Deno.test("weakSecrets says what redact masks although it is a common word", () => {
  const weak = weakSecrets({ STATE: "failing", CODE: "hunter22x" }, ["STATE", "CODE"]);
  assertEquals(weak, [{ name: "STATE", why: "is a common word", masked: true }]);
});
