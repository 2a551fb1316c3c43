import { inject } from "vitest";
import { ofThisWorker } from "../harness/suite/each-worker.ts";

/** The product that this file may kill. */
export const product = ofThisWorker(inject("products"));
