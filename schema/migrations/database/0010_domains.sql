CREATE TABLE `domain` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`token` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`proven_at` integer,
	`missing_at` integer,
	`txt_found` integer DEFAULT false NOT NULL,
	`target_found` integer DEFAULT false NOT NULL,
	`certificate` text,
	`tries` integer DEFAULT 0 NOT NULL,
	`checked_at` integer,
	`next_check_at` integer,
	`looking_until` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `domain_proven` ON `domain` (`name`) WHERE proven_at is not null;--> statement-breakpoint
CREATE INDEX `domain_due` ON `domain` (`next_check_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `domain_claim` ON `domain` (`member`,`name`);--> statement-breakpoint
ALTER TABLE `app_address` ADD `retired_at` integer;