CREATE TABLE `project_secret` (
	`member` text NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`sealed` text NOT NULL,
	`version` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`member`, `project`, `name`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `app_address` (
	`label` text PRIMARY KEY NOT NULL,
	`member` text NOT NULL,
	`project` text NOT NULL,
	`published` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `app_address_project` ON `app_address` (`member`,`project`);