CREATE TABLE `sub_agent` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`type` text NOT NULL,
	`tools` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sub_agent_member` ON `sub_agent` (`member`,`created_at`);--> statement-breakpoint
CREATE TABLE `receipt_key` (
	`kid` text PRIMARY KEY NOT NULL,
	`x` text NOT NULL,
	`y` text NOT NULL,
	`sealed_key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `receipt` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`run` text NOT NULL,
	`task` text NOT NULL,
	`title` text NOT NULL,
	`repo` text NOT NULL,
	`branch` text NOT NULL,
	`commit` text NOT NULL,
	`key` text NOT NULL,
	`checks` integer NOT NULL,
	`receipt` text NOT NULL,
	`issued_at` integer NOT NULL,
	`stale_at` integer,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `receipt_member` ON `receipt` (`member`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `receipt_run` ON `receipt` (`member`,`run`);