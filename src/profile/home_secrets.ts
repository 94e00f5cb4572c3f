import { basename, dirname, join, resolve } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { type Env, ownUid } from "../os/env.ts";
import type { SandboxPlaces } from "../os/sandbox.ts";
import { isPresent, kindAt, realPath } from "../os/stat.ts";

/** Below `HOME`: keys, logins of clouds, packages and databases, histories of shells, browsers and mail. */
const IN_HOME = `
  .ssh .putty .gnupg .pki .password-store .age .netrc _netrc .authinfo .authinfo.gpg .Xauthority .ICEauthority
  .git-credentials .git-credential-cache .gitcookies .hgrc .subversion/auth
  .aws .azure .kube .minikube .docker .oci .bluemix .boto .s3cfg .mc .fly .heroku .vercel .railway .databrickscfg
  .snowsql .kaggle .terraformrc .terraform.d .pulumi .chef .saml2aws .aliyun .tccli .ngrok2 .cloudflared .vault-token
  .npmrc .yarnrc .yarnrc.yml .pypirc .pip/pip.conf .condarc .gem/credentials .bundle/config .cargo/credentials
  .cargo/credentials.toml .m2/settings.xml .m2/settings-security.xml .gradle/gradle.properties .sbt/.credentials
  .ivy2/.credentials .composer/auth.json .nuget/NuGet/NuGet.Config .hex/hex.config .pub-cache/credentials.json
  .cabal/config .pgpass .my.cnf .mylogin.cnf .rclone.conf .msmtprc .fetchmailrc .mbsyncrc .smbcredentials
  .mozilla .thunderbird .librewolf .waterfox .zen .opera .vivaldi .var/app snap .cache/gh .cache/mozilla
  .cache/google-chrome .cache/chromium .filezilla .purple .irssi .mutt .muttrc .offlineimaprc .sentryclirc .python-gitlab.cfg .jira.d
  .histfile .viminfo .lesshst .zsh_sessions .actrc .env .envrc .lpass .tsh .consul .nomad .netlify .supabase .expo .dropbox .local/state/bash
  .dbt/profiles.yml .snowflake .databricks .step .acme.sh .cache/huggingface/token .huggingface .electrum .bitcoin .ethereum .op
`;

/** Below `XDG_CONFIG_HOME`, `~/.config` by default. */
const IN_CONFIG = `
  gh hub glab-cli tea git/credentials gcloud azure doctl hcloud scw linode-cli rclone s3cmd containers helm argocd
  flyctl fly heroku netlify vercel railway .wrangler wrangler configstore pip pypoetry uv composer NuGet pnpm yarn
  sops age stripe ngrok cloudflared pulumi databricks kaggle op 1Password Bitwarden keybase KeePassXC
  google-chrome google-chrome-beta google-chrome-unstable chromium BraveSoftware microsoft-edge vivaldi opera mozilla
  librewolf zen Slack discord Signal Element TelegramDesktop evolution msmtp aerc mutt neomutt himalaya hexchat
  filezilla remmina Nextcloud syncthing Code Cursor firebase .jira atuin github-copilot rbw lpass solana act
  tailscale turso supabase netlify goa-1.0 zed
`;

/** Below `XDG_DATA_HOME`, `~/.local/share` by default. */
const IN_DATA = `
  lpass rbw zed keyrings kwalletd gnupg password-store pki fly gh glab-cli uv/credentials pypoetry containers/auth.json
  flatpak/db evolution TelegramDesktop remmina atuin
`;

/** Variables that name files or directories, separated by colons, in place of one below `HOME`. */
const MOVED: Record<string, string> = {
  GNUPGHOME: ".gnupg",
  PASSWORD_STORE_DIR: ".password-store",
  NETRC: ".netrc",
  AWS_CONFIG_FILE: ".aws",
  AWS_SHARED_CREDENTIALS_FILE: ".aws",
  AZURE_CONFIG_DIR: ".azure",
  CLOUDSDK_CONFIG: ".config/gcloud",
  GOOGLE_APPLICATION_CREDENTIALS: ".config/gcloud",
  KUBECONFIG: ".kube",
  DOCKER_CONFIG: ".docker",
  REGISTRY_AUTH_FILE: ".config/containers",
  GH_CONFIG_DIR: ".config/gh",
  GLAB_CONFIG_DIR: ".config/glab-cli",
  NPM_CONFIG_USERCONFIG: ".npmrc",
  npm_config_userconfig: ".npmrc",
  PIP_CONFIG_FILE: ".config/pip",
  TF_CLI_CONFIG_FILE: ".terraformrc",
  RCLONE_CONFIG: ".config/rclone",
  PGPASSFILE: ".pgpass",
};

/** Variables that name a directory in place of one below `HOME` that has more than credentials. */
const MOVED_DIRS: Record<string, string> = {
  XDG_CONFIG_HOME: ".config",
  XDG_DATA_HOME: ".local/share",
  XDG_CACHE_HOME: ".cache",
  CARGO_HOME: ".cargo",
  GRADLE_USER_HOME: ".gradle",
  COMPOSER_HOME: ".composer",
};

/** What programs that are not listed call their credentials, and shells the commands that were typed. */
const SECRET_NAME = new RegExp(
  String
    .raw`^(([._]?|.*[-_.])(credentials?|creds|secrets?|tokens?|auth|passwords?|keyrings?|history|netrc)` +
    String
      .raw`(\.(json|ya?ml|toml|ini|conf|xml|db|txt))?|.*\.(pem|key|p12|pfx|jks|kdbx|keystore|ppk|ovpn)|id_\w+)$`,
  "i",
);

/** Directories of LLM programs: workers need their logins. */
const AGENTS = [".claude", ".codex", ".pi", "opencode"];

/** What only root can read, and so a sandbox of root's looop, whose user inside is root's outside. */
const OF_ROOT = `
  /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/security/opasswd /etc/sudoers /etc/sudoers.d
  /etc/ssl/private /etc/pki/tls/private /etc/letsencrypt /etc/wireguard /etc/openvpn /etc/ipsec.secrets /etc/krb5.keytab
  /etc/NetworkManager/system-connections /etc/ppp /etc/kubernetes /etc/rancher /etc/docker /var/lib/kubelet
  /var/lib/docker /var/lib/cloud /var/lib/sss /var/lib/NetworkManager /var/spool/cron /var/mail /var/spool/mail
  /root/.ssh /root/.gnupg /root/.aws /root/.azure /root/.kube /root/.docker /root/.netrc /root/.git-credentials
  /root/.config/gh /root/.config/gcloud /root/.npmrc /root/.pypirc /root/.pgpass /root/.my.cnf /root/.bash_history
`;

/** Lists the credentials of the user that are there; none lies in another. */
export async function listSecrets(
  env: Env,
  isRoot = ownUid() === 0,
): Promise<SandboxPlaces["secrets"]> {
  if (!env("HOME")?.startsWith("/")) return [];
  const home = resolve(env("HOME") ?? "/");
  const listed = [
    ...wordsOf(IN_HOME),
    ...wordsOf(IN_CONFIG).map((path) => `.config/${path}`),
    ".config/Bitwarden CLI",
    ...wordsOf(IN_DATA).map((path) => `.local/share/${path}`),
    ...Object.values(MOVED),
  ];
  const list = lister();
  const isThere = (path: string): boolean => {
    if (path === home) return true;
    // Most are missing, and to look for a missing file takes longest.
    if (!isBelow(path, home)) return isPresent(path);
    return isThere(dirname(path)) &&
      list(dirname(path)).some(({ name }) => name === basename(path));
  };
  const parents = [".config", ".local/share"].flatMap((path) => whereIs(path, env));
  const paths = [
    ...new Set(listed.flatMap((path) => whereIs(path, env))).values().filter(isThere),
    ...similarIn([home, ...parents], list),
    ...(isRoot ? [...wordsOf(OF_ROOT).filter(isPresent), ...hostKeys(list)] : []),
  ];
  const real = await Promise.all(paths.map(realPath));
  const root = await realPath(home) ?? home;
  const secrets: SandboxPlaces["secrets"] = [];
  for (const path of [...new Set(real)].filter((path) => path !== null).sort()) {
    // A link to a directory around HOME would hide all of it.
    if (isBelow(root, path) || secrets.some((secret) => isBelow(path, secret.path))) continue;
    secrets.push({ path, isDirectory: kindAt(path) === "a directory" });
  }
  return secrets;
}

/**
 * Returns the real paths that a rule or header names, absolute or with `~/`, also where a variable has moved them.
 * Missing ones are left out.
 */
export async function namedPaths(names: string[], env: Env): Promise<string[]> {
  const paths = names.flatMap((name) =>
    name.startsWith("~/") ? whereIs(name.slice(2).replace(/\/+$/, ""), env) : name
  );
  const real = await Promise.all(paths.map(realPath));
  return [...new Set(real)].filter((path) => path !== null);
}

/** Reports whether a path is this directory, or lies in it. */
export function isBelow(path: string, dir: string): boolean {
  return `${path}/`.startsWith(dir === "/" ? dir : `${dir}/`);
}

/** The keys by which an ssh server of this machine is known. */
function hostKeys(list: List): string[] {
  const dir = "/etc/ssh";
  return list(dir).map(({ name }) => name).filter((name) => /^ssh_host_\w+_key$/.test(name))
    .map((name) => join(dir, name));
}

/** Where something below HOME is: there, and where variables say. */
function whereIs(path: string, env: Env): string[] {
  const places = [join(env("HOME") ?? "/", path)];
  for (const [name, dir] of Object.entries(MOVED_DIRS)) {
    const moved = env(name);
    if (moved && isBelow(path, dir)) places.push(join(moved, path.slice(dir.length)));
  }
  for (const [name, dir] of Object.entries(MOVED)) {
    const moved = env(name);
    if (moved && isBelow(dir, path)) places.push(...moved.split(":"));
  }
  return places.filter((place) => place.startsWith("/"));
}

type List = typeof listDir;

/** What is named like credentials in these directories, and in the directories of programs there. */
function similarIn(parents: string[], list: List): string[] {
  const [home] = parents;
  return parents.flatMap((parent) =>
    list(parent).flatMap(({ name, isFile }) => {
      const path = join(parent, name);
      if (SECRET_NAME.test(name)) return [path];
      // What does not begin with a dot in HOME is the user's own.
      if (isFile || AGENTS.includes(name) || (parent === home && !name.startsWith("."))) return [];
      return list(path).filter((entry) => SECRET_NAME.test(entry.name))
        .map((entry) => join(path, entry.name));
    })
  );
}

/** Returns a function that lists each directory once; what cannot be listed is empty. */
function lister(): List {
  const lists = new Map<string, ReturnType<List>>();
  const read = (dir: string) => {
    try {
      return listDir(dir);
    } catch {
      return []; // not a directory, or not the user's
    }
  };
  return (dir) => {
    const found = lists.get(dir) ?? read(dir);
    lists.set(dir, found);
    return found;
  };
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
