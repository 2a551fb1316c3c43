import { type Client, createClient } from "@libsql/client";
import { fetchThroughIngress } from "../../kernel/ingress.ts";
import type { DatabasePlace } from "../operator.ts";

/** A client that loses nothing of a number: it gives integers as `bigint`. */
export const openPlaceClient = ({ url, token, ingress = {} }: DatabasePlace): Client =>
  createClient({ url, intMode: "bigint", fetch: fetchThroughIngress(ingress), ...(token ? { authToken: token } : {}) });
