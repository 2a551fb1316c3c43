CREATE TABLE `member_agent` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text,
	`issues` text NOT NULL,
	`removed` integer NOT NULL,
	`hash` text,
	`read_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `agent` ADD `stale` integer DEFAULT false NOT NULL;