/** A command that Codex runs at an event. */
export interface CodexHook {
  /** Such as `PermissionRequest`. */
  event: string;
  command: string;
  timeoutS: number;
}

/**
 * The settings, for `-c`, that give Codex these hooks for one session. It runs a hook only when its SHA-256 is
 * among those that were reviewed, and shows a dialog about any other; so the settings vouch for exactly these,
 * as its own dialog would write it down. Hooks of the person's own stay as they are.
 *
 * The form of what is hashed is that of `codex-rs/hooks/src/engine/discovery.rs`.
 */
export async function codexHooks(hooks: CodexHook[]): Promise<string[]> {
  const settings: string[] = [];
  const trusted: string[] = [];
  for (const { event, command, timeoutS } of hooks) {
    const handler = `{type="command",command=${toml(command)},timeout=${timeoutS}}`;
    settings.push(`hooks.${event}=[{hooks=[${handler}]}]`);
    const label = event.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    // Keys in order of the alphabet: it hashes canonical JSON.
    const identity = {
      event_name: label,
      hooks: [{ async: false, command, timeout: timeoutS, type: "command" }],
    };
    trusted.push(
      `${toml(`/<session-flags>/config.toml:${label}:0:0`)}={trusted_hash=${
        toml(`sha256:${await sha256(JSON.stringify(identity))}`)
      }}`,
    );
  }
  return [...settings, `hooks.state={${trusted.join(",")}}`];
}

/** What JSON escapes, TOML escapes in the same way. */
function toml(text: string): string {
  return JSON.stringify(text);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
