import { isSecretName } from "./is_secret_name.ts";
import { type Mask, maskOf, type SecretForm } from "./mask.ts";
import { secretForms } from "./secret_forms.ts";

/** The fewest characters of a value that is hidden for its variable's name, and of one that `redact` names. */
const LEAST = 6;
const LEAST_NAMED = 4;
/** Values of settings that have a secret's name: they would be hidden in every second line. */
const PLAIN = new Set([
  ...["enabled", "disabled", "required", "optional", "default", "always", "prompt", "bearer"],
  ...["digest", "negotiate", "keyring", "keychain", "system", "oauth2", "masked", "undefined"],
]);

/**
 * Makes the mask of an environment: it hides the values of variables that look secret by name, of those that
 * `redact` names, and passwords inside addresses (`postgres://user:password@host`). Of the former at least 6
 * characters are needed, of those named 4, or half of every text would be hidden.
 */
export function makeMask(environment: Record<string, string>, redact: readonly string[]): Mask {
  const forms = new Map<string, SecretForm>();
  const hide = (name: string, value: string) => {
    for (const text of secretForms(value)) {
      // Of two variables with the same value the first gives its name, whatever their order.
      const known = forms.get(text);
      if (!known || name < known.name) forms.set(text, { text, name });
    }
  };
  for (const [name, raw] of Object.entries(environment)) {
    const value = raw.trim();
    if (redact.includes(name) ? value.length >= LEAST_NAMED : isSecret(name, value)) {
      hide(name, value);
    }
    const password = passwordIn(value);
    if (password !== null && password.length >= LEAST) hide(name, password);
  }
  return maskOf([...forms.values()]);
}

function isSecret(name: string, value: string): boolean {
  if (value.length < LEAST || PLAIN.has(value.toLowerCase()) || !isSecretName(name)) return false;
  // GOOGLE_APPLICATION_CREDENTIALS and its like name a file.
  return !/CREDENTIALS?$/i.test(name) || !/^(~?\/|[A-Za-z]:\\)[^\n]*$/.test(value);
}

function passwordIn(value: string): string | null {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s@/]+)@/i.exec(value)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found; // a percent sign that encodes nothing
  }
}
