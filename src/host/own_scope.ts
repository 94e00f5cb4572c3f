/** One permission of Deno, as its flags name it. */
export type Permission =
  | { name: "read" | "write"; path?: string }
  | { name: "run"; command?: string }
  | { name: "net" | "env" | "ffi" | "import" }
  | { name: "sys"; kind: "hostname" | "uid" };

/** Tells whether this process has a permission; without a path or command: all of that kind. */
export async function isGranted(permission: Permission): Promise<boolean> {
  // Deno's types do not know "import" yet.
  const descriptor = permission as Deno.PermissionDescriptor;
  return (await Deno.permissions.query(descriptor)).state === "granted";
}
