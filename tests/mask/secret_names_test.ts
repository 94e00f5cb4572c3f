import { assertEquals } from "@std/assert";
import { isSecretName } from "../../src/mask/recognize.ts";

const SECRET = [
  ...["GITHUB_TOKEN", "GH_TOKEN", "NPM_TOKEN", "TOKEN", "GITHUBTOKEN", "npm_config__authToken"],
  ...["CLIENT_SECRET", "SECRET_KEY_BASE", "VAULT_SECRET_ID", "SECRETS", "SLACK_SIGNING_SECRET"],
  ...["PASSWORD", "PGPASSWORD", "DB_PASSWORD", "MYSQL_PWD", "REDIS_PASS", "SSHPASS", "ROOT_PASSWD"],
  ...["GPG_PASSPHRASE", "OPENAI_API_KEY", "GEMINI_APIKEY", "API_KEY_2", "API_KEYS", "STRIPE_KEY"],
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SSH_PRIVATE_KEY_PEM"],
  ...[
    "DEPLOY_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "GOOGLE_CREDENTIALS",
    "BASIC_AUTH",
    "REDISCLI_AUTH",
  ],
  ...["SESSION_COOKIE", "SENTRY_DSN", "AZURE_DEVOPS_EXT_PAT", "SLACK_WEBHOOK_URL", "HTTP_BEARER"],
  ...["CLAUDE_CODE_OAUTH_TOKEN", "HF_TOKEN", "LOOOP_X_TOKEN", "REFRESH_TOKENS", "APP_JWT"],
  ...[
    "SLACK_WEBHOOK_URI",
    "WEBHOOK",
    "STRIPE_KEY_2",
    "STRIPE_KEY_2_3",
    "_STRIPE_KEY_",
    "__TOKEN",
    "apiKey",
    "dbPasswd",
  ],
  ...[
    "ADMIN_TOKENS",
    "MINIO_TOKENS",
    "MAX_TOKEN",
    "API_KEY_ID",
    "MY_PRIVATE_KEYS_PEM",
    "PASS",
    "PAT",
  ],
];

const PLAIN = [
  ...["PATH", "HOME", "PWD", "OLDPWD", "USER", "SHELL", "LANG", "TERM", "EDITOR", "PAGER", "KEY"],
  ...["SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "GIT_ASKPASS", "XAUTHORITY", "KEYMAP"],
  ...["GPG_AGENT_INFO", "GPG_TTY", "GPG_KEY", "XDG_SESSION_ID", "DBUS_SESSION_BUS_ADDRESS"],
  ...["GIT_AUTHOR_NAME", "COMPASS", "PASSAGE", "PATTERN", "PATH_INFO", "COMPATIBLE", "KEYBOARD"],
  ...["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PASSWORD_STORE_DIR"],
  ...["SSH_PUBLIC_KEY", "TOKEN_URL", "AUTH_METHOD", "AUTH_TYPE", "SECRET_NAME", "TOKEN_EXPIRES"],
  ...["CLAUDE_CODE_MAX_OUTPUT_TOKENS", "MAX_THINKING_TOKENS", "LOOOP_SESSION_ID", "LOOOP_DATA_DIR"],
  ...["MONKEY", "HOTKEYS", "TOKENIZERS_PARALLELISM", "SECRETARY", "AUTHORS", "KRB5CCNAME", ""],
  ...["SLACK_WEBHOOK_NAME", "MY_MONKEY", "MY_HOTKEYS", "SSH_KEYRING", "API_KEYRING", "TOKENSTORE"],
  ...[
    "ACCESS_TURKEY_ID",
    "OKAPI_KEY_ID",
    "MASTERS_KEY_ID",
    "KEY_ID",
    "MY_KEY_V2",
    "MY_KEY_2FA",
    "my_key_2fa",
  ],
  ...["_KEY", "KEYS", "_PWD", "PWD_2", "1", "12_34", "MIN_TOKENS", "LIMIT_TOKENS", "TOKENS_BUDGET"],
];

Deno.test("isSecretName knows what holds a secret by its name", () => {
  assertEquals(SECRET.filter((name) => !isSecretName(name)), []);
});

Deno.test("isSecretName leaves alone what only looks so", () => {
  assertEquals(PLAIN.filter(isSecretName), []);
});

/** What a name ends in that says something about a secret. */
const ABOUT = "FILE PATH DIR FOLDER HOME SOCK SOCKET URL URI ENDPOINT HOST PORT NAME USER " +
  "USERNAME TYPE METHOD MODE PROVIDER SCOPE SCOPES EXPIRES EXPIRY TTL TIMEOUT LENGTH SIZE " +
  "LIMIT COUNT HELPER COMMAND ENABLED DISABLED ISSUER AUDIENCE ALGORITHM MECHANISM REALM";
for (const word of ABOUT.split(" ")) {
  Deno.test(`isSecretName leaves alone names that end in ${word}`, () => {
    assertEquals(isSecretName(`SERVICE_TOKEN_${word}`), false);
    assertEquals(isSecretName(`service.password-${word.toLowerCase()}_2`), false);
    assertEquals(isSecretName(`${word}_TOKEN`), true);
  });
}
