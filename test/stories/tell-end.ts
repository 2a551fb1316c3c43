import { afterAll } from "vitest";
import { tellEnd } from "./others.ts";

// biome-ignore lint/correctness/noEmptyPattern: vitest takes a pattern only
afterAll(({}, file) => tellEnd(file.name));
