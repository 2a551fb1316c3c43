CREATE TABLE `preview` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`title` text NOT NULL,
	`state` text NOT NULL,
	`source` text NOT NULL,
	`channel` text NOT NULL,
	`opened_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `preview_key_unique` ON `preview` (`key`);