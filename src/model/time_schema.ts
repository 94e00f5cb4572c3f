import { z } from "zod";

/** ISO 8601 in UTC, as `Date` writes it: such times are compared as texts, where any other form sorts wrong. */
export const timeSchema = z.iso.datetime("must be a time in UTC, such as 2026-11-23T09:30:00.000Z");
