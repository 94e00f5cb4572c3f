/** What the session is told first. The prompt itself may be longer than the 128 KiB that an argument can have. */
export function firstMessage(promptFile: string): string {
  return `Read all of the file ${promptFile}, and do the task that it describes.`;
}
