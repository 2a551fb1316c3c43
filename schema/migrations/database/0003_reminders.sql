CREATE TABLE `reminder_delivery` (
	`member` text NOT NULL,
	`approval` text NOT NULL,
	`number` integer NOT NULL,
	`way` text NOT NULL,
	`state` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`tried_at` integer NOT NULL,
	`why` text,
	PRIMARY KEY(`member`, `approval`, `number`, `way`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `reminder_delivery_tried` ON `reminder_delivery` (`tried_at`);--> statement-breakpoint
CREATE TABLE `reminder_device` (
	`id` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`name` text NOT NULL,
	`endpoint` text NOT NULL,
	`keys` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reminder_device_endpoint_unique` ON `reminder_device` (`endpoint`);--> statement-breakpoint
CREATE INDEX `reminder_device_member` ON `reminder_device` (`member`);--> statement-breakpoint
CREATE TABLE `reminder_setting` (
	`member` text PRIMARY KEY NOT NULL,
	`email` integer DEFAULT true NOT NULL,
	`webhook_url` text,
	`webhook_secret` text,
	`webhook_at` integer,
	`tested_at` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
