import * as v from "valibot";
import { isJson, type Json } from "./json.ts";

/** Any value that JSON can hold. */
export const jsonSchema = v.custom<Json>(isJson, "expected a JSON value");
