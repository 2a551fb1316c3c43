CREATE TABLE `preview_entry` (
	`hash` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`preview` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `preview_share` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`preview` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `preview_share_hash_unique` ON `preview_share` (`hash`);--> statement-breakpoint
CREATE INDEX `preview_share_member` ON `preview_share` (`member`,`preview`);