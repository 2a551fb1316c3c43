import { afterFile } from "../harness/suite/after-file.ts";
import { tellEnd } from "./others.ts";

afterFile(({ name }) => tellEnd(name));
