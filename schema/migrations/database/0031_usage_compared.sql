CREATE TABLE `stack_use` (
	`member` text NOT NULL,
	`day` integer NOT NULL,
	`host` text NOT NULL,
	`egress_bytes` integer DEFAULT 0 NOT NULL,
	`disk_bytes` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`member`, `day`, `host`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `payment_difference` (
	`member` text NOT NULL,
	`kind` text NOT NULL,
	`invoice` text DEFAULT '' NOT NULL,
	`expected_cents` integer NOT NULL,
	`found_cents` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`closed_at` integer,
	`settled` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`member`, `kind`, `invoice`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `payment_difference_open` ON `payment_difference` (`opened_at`) WHERE "payment_difference"."closed_at" is null;--> statement-breakpoint
ALTER TABLE `stack_time` ADD `paused_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `stack_time` ADD `stopped_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `compared_at` integer;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `comparing_since` integer;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `next_comparison` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `payment_customer_comparison` ON `payment_customer` (`next_comparison`);