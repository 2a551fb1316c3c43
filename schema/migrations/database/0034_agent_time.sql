CREATE TABLE `agent_time` (
	`member` text NOT NULL,
	`agent` text NOT NULL,
	`day` integer NOT NULL,
	`active_ms` integer NOT NULL,
	`idle_ms` integer NOT NULL,
	`dead_ms` integer NOT NULL,
	PRIMARY KEY(`member`, `day`, `agent`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `agent` ADD `agents` text DEFAULT '[]' NOT NULL;