CREATE TABLE `access_token` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`last_used_at` integer,
	`revoked` integer DEFAULT false NOT NULL,
	`close_at` integer,
	`close_attempts` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `access_token_hash_unique` ON `access_token` (`hash`);--> statement-breakpoint
CREATE INDEX `access_token_member` ON `access_token` (`member`);--> statement-breakpoint
CREATE INDEX `access_token_close` ON `access_token` (`close_at`);--> statement-breakpoint
ALTER TABLE `git_token` ADD `made_by` text;