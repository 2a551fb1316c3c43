CREATE TABLE `stack_time` (
	`member` text NOT NULL,
	`day` integer NOT NULL,
	`active_ms` integer NOT NULL,
	`idle_ms` integer NOT NULL,
	`dead_ms` integer NOT NULL,
	PRIMARY KEY(`member`, `day`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `meter_report` (
	`member` text NOT NULL,
	`number` integer NOT NULL,
	`cents` integer NOT NULL,
	`at` integer NOT NULL,
	`taken_at` integer,
	PRIMARY KEY(`member`, `number`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `subscription` ADD `notice_at` integer DEFAULT 0;--> statement-breakpoint
ALTER TABLE `subscription` ADD `notice` text;--> statement-breakpoint
ALTER TABLE `subscription` ADD `notice_since` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `subscription` ADD `notice_done` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX `subscription_notice` ON `subscription` (`notice_at`);--> statement-breakpoint
ALTER TABLE `stack` ADD `timed_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `model_session` ADD `project` text;--> statement-breakpoint
ALTER TABLE `usage` ADD `project` text;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `metered_from` integer;--> statement-breakpoint
ALTER TABLE `model_reservation` ADD `project` text;