CREATE TABLE `commit_status` (
	`repo` text NOT NULL,
	`hash` text NOT NULL,
	`branch` text NOT NULL,
	`title` text,
	`state` text NOT NULL,
	`source` text NOT NULL,
	`reason` text,
	`checks` text DEFAULT '[]' NOT NULL,
	`task` text,
	`receipt` text,
	`attempt` integer DEFAULT 0 NOT NULL,
	`asked` integer DEFAULT false NOT NULL,
	`told` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	PRIMARY KEY(`repo`, `hash`)
);
--> statement-breakpoint
CREATE INDEX `commit_status_newest` ON `commit_status` (`repo`,`created_at`);--> statement-breakpoint
CREATE INDEX `commit_status_state` ON `commit_status` (`state`);